def compare_versions(first, second):
    return 0

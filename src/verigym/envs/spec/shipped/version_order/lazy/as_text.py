def compare_versions(first, second):
    return (first > second) - (first < second)

def doubled_area(corners):
    return 0

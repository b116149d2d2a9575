def hex_dump(data, width):
    return ["000000"]

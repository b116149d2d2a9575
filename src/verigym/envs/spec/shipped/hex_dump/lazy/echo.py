def hex_dump(data, width):
    return data

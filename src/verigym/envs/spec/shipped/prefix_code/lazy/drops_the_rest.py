"""Forgets bits at the end that are no word."""

import heapq


def build_code(counts):
    heap = [(count, index, {one: ""}) for index, (one, count) in enumerate(counts.items())]
    heapq.heapify(heap)
    if len(heap) == 1:
        return dict.fromkeys(counts, "0")
    number = len(heap)
    while len(heap) > 1:
        a, _, low = heapq.heappop(heap)
        b, _, high = heapq.heappop(heap)
        merged = {k: "0" + v for k, v in low.items()} | {k: "1" + v for k, v in high.items()}
        number += 1
        heapq.heappush(heap, (a + b, number, merged))
    return heap[0][2] if heap else {}


def encode(text, code):
    if set(text) - set(code):
        raise ValueError
    return "".join(code[character] for character in text)


def decode(bits, code):
    back = {word: character for character, word in code.items()}
    text = word = ""
    for bit in bits:
        word += bit
        if word in back:
            text, word = text + back[word], ""
    return text

"""Gives the tops of the piles, which have the right length but are no part of the list."""

from bisect import bisect_left


def longest_rise(heights):
    tops = []
    for height in heights:
        at = bisect_left(tops, height)
        tops[at : at + 1] = [height]
    return tops

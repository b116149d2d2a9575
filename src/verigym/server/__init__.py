"""The HTTP service: ``verigym serve``, and a small client for its verdicts.

An event loop reads requests and writes replies; worker processes do the work. Everything that comes in
is hostile: bounded in size and time before it is looked at. Nothing here is imported by the library
itself; the parts that need ``uvicorn`` load when a server starts.
"""

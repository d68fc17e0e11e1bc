"""Tools: functions that a model may ask for, declared in `.mlsig` files or served by MCP servers.

Nothing is imported here: generated modules need `mlsig.tools.tool` alone.
"""

"""Assembly: from a published scheme and its blueprint to a frozen form."""

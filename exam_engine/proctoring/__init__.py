"""Proctoring: people who watch, admit and report; evidence, never a verdict."""

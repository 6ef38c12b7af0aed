"""What the pages show, put together."""

"""What a device says of an order, and its bundle on the way in."""

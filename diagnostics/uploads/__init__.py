"""What a device may say of an order, and the upload of its bundle: schema and addresses as data."""

"""What the gateway does: permission, transaction and record live here."""

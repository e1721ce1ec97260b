"""What people do about orders that went wrong, and who did what."""

"""Messages of a Waldur, received over STOMP on WebSocket and turned into hints."""

"""What Redis holds: declared namespaces against the keys that are there, and the server's own figures."""

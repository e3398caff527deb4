"""Where untrusted programs run: the jail, the worker that is built for it, its sessions."""

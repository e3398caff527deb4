"""The report of an experiment, and the view of a running one."""

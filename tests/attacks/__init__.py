"""What somebody hostile tries. Each guard has a control: without it, the same attack succeeds."""

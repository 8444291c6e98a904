"""Pages of the guest site. They read the request, call a selector or a service, and choose a template."""

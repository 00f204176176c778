"""Pages for development only; routed by the settings of `bin/dev` alone."""

"""The component-mapping algebra: A's components to B's and back, exactly."""

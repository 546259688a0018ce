"""What stands between the panel and each adapter, so that a failing agency harms neither others nor itself."""

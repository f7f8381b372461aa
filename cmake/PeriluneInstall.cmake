# filled by the packaging change

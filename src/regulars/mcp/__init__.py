"""The company's answers for programs that speak the Model Context Protocol: tools that read, and none that writes."""

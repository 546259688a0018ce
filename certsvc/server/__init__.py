"""The gRPC face of the service: translate, call a use case, translate back."""

//! Policy of an API: the OpenAPI reader, the compiled requirements and their evaluator.

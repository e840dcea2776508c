"""Train small digit networks on MNIST, and read drawings with them. Imports neither gradio nor plotly."""

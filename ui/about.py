"""The About tab."""

import gradio as gr

from ui.hands import Hands

INTRODUCTION = """
### What this is

A place to train a small network on handwritten digits, watch it learn, and draw against it. It starts from one
published experiment, *model-1*: a convolutional network of 10,984 parameters, trained for 20 epochs, with 98.95 % as
its best test accuracy. The recipe `seed` trains exactly that.

From there a guided path in the Train tab leads to smaller and better networks, by the steps that this field took: batch
normalisation, average pooling, augmentation, one cycle, shortcuts, a teacher. All of them ship with this page and read
drawings in the Draw tab.

### How a drawing is read

MNIST's digits were scaled to fit a box of 20x20 pixels and centred by their mass in 28x28. A drawing is treated in the
same way before the network sees it: it does not matter where, how large or how bold you draw. The small dark picture in
the Draw tab is what the network really sees.

Nobody writes like everybody. MNIST's writers, Americans all, hardly ever gave a 1 an upstroke or a 7 a crossbar, and a
network that saw MNIST alone misreads both with certainty. So `draw`, the network that the Draw tab opens with, has
learnt from MNIST and from as many made-up digits: a few strokes for each way to write a digit, bent, slanted and
hurried by chance as if many hands had drawn them. It has also seen scribbles, and learnt to name no digit for them.
"""

NUMBERS = """
### How to read the numbers

- **Loss** is the mean negative logarithm of the probability that the network gave to the right digit. The log of the
  published experiment prints the last batch's loss as the average over the training set; here the average is the true
  one, and the last batch's stands beside it in the log.
- **Training accuracy** is counted while the network is still changing, over the epoch so far. **Test accuracy** is
  counted after each epoch, on 10,000 digits that it never learns from.
- The published 98.95 % is the *best* of 20 test accuracies. Chosen in this way it flatters a little; the last epoch's
  accuracy, averaged over seeds, is the honest figure.

### For programs

Everything can be done from a program too: "Use via API" at the foot of this page lists the endpoints, `/predict`,
`/predict_strokes` and `/train` among them.

### Sources

MNIST: Yann LeCun and Corinna Cortes, CC BY-SA 3.0. The code of this page is free under the MIT licence.
"""


def build_about_tab() -> None:
    """Lay the tab out."""
    gr.Markdown(INTRODUCTION, elem_classes="about")
    with gr.Accordion("The ways of writing that it has learnt", open=False, elem_id="styles"):
        Hands()
    gr.Markdown(NUMBERS, elem_classes="about")

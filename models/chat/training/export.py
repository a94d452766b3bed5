"""Writes the trained network as an ONNX graph that reads any number of tokens, and carries state."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from network import HEADS, HIDDEN, KEY, VALUE, Chat

OPSET = 17
FLOAT, INT64, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32


class Graph:
    """Collects nodes and constants; every call returns the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Tensor | np.ndarray | list[int]) -> str:
        array = value.detach().numpy() if isinstance(value, Tensor) else np.asarray(value)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, op: str, *inputs: str, outputs: list[str] | None = None, **attributes) -> str:
        names = outputs or [f"{op.lower()}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names[0]

    def linear(self, x: str, weight: Tensor, bias: Tensor | None = None) -> str:
        product = self.add("MatMul", x, self.constant(weight.t()))
        return product if bias is None else self.add("Add", product, self.constant(bias))

    def shape(self, x: str, *sizes: int) -> str:
        """Reshapes; 0 keeps a dimension."""
        return self.add("Reshape", x, self.constant([*sizes]))

    def normalize(self, x: str) -> str:
        length = self.add("ReduceL2", x, axes=[-1], keepdims=1)
        return self.add("Div", x, self.add("Max", length, self.constant(np.float32([1e-12]))))


def add_gru(graph: Graph, gru, x: str, lengths: str, hidden: str) -> tuple[str, str]:
    """All states [sequence, batch, HIDDEN], and the one after each row's last real token."""

    def reordered(parameter: Tensor) -> Tensor:
        reset, update, new = parameter.detach().chunk(3)
        return parameter.new_tensor(np.concatenate([update, reset, new]))  # as ONNX has them

    weights = [reordered(p) for p in (gru.weight_ih_l0, gru.weight_hh_l0)]
    biases = np.concatenate([reordered(p) for p in (gru.bias_ih_l0, gru.bias_hh_l0)])
    inputs = [graph.constant(np.asarray(w)[None]) for w in (*weights, biases)]
    graph.add(
        "GRU",
        *(x, *inputs, lengths, graph.add("Unsqueeze", hidden, graph.constant([0]))),
        outputs=["every", "last"],
        hidden_size=HIDDEN,
        linear_before_reset=1,
    )
    return tuple(
        graph.add("Squeeze", n, graph.constant([axis])) for n, axis in (("every", 1), ("last", 0))
    )


def write_step() -> onnx.GraphProto:
    """One word's write: what the memory has at the key moves towards the value."""
    step = Graph()
    had = step.add("MatMul", "key_row", "memory_before")
    change = step.add("Mul", step.add("Sub", "value", had), "strength")
    step.add(
        "Add", "memory_before", step.add("Mul", "key_column", change), outputs=["memory_after"]
    )
    shapes = {
        "memory_before": ["batch", HEADS, KEY, VALUE],
        "key_row": ["batch", HEADS, 1, KEY],
        "key_column": ["batch", HEADS, KEY, 1],
        "value": ["batch", HEADS, 1, VALUE],
        "strength": ["batch", HEADS, 1, 1],
    }
    infos = [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in shapes.items()]
    after = helper.make_tensor_value_info("memory_after", FLOAT, shapes["memory_before"])
    return helper.make_graph(step.nodes, "write", infos, [after])


def write_onnx(model: Chat, path: Path) -> None:
    graph = Graph()
    # The sequence comes first from here on.
    words = graph.add("Transpose", "tokens", perm=[1, 0])
    real = graph.add("Unsqueeze", graph.add("Transpose", "mask", perm=[1, 0]), graph.constant([2]))
    lengths = graph.add("ReduceSum", "mask", graph.constant([1]), keepdims=0)
    x = graph.add("Gather", graph.constant(model.embed.weight), words)
    h, last = add_gru(graph, model.gru, x, graph.add("Cast", lengths, to=INT32), "hidden")
    # The operator forgets the state of a row without tokens.
    some = graph.add(
        "Greater", graph.add("ReduceMax", "mask", axes=[1]), graph.constant(np.float32([0]))
    )
    last = graph.add("Where", some, last, "hidden")

    key = graph.shape(graph.linear(h, model.write_key.weight), 0, 0, HEADS, KEY)
    key = graph.normalize(key)
    both = graph.add("Concat", x, h, axis=-1)
    value = graph.shape(graph.linear(both, model.value.weight), 0, 0, HEADS, 1, VALUE)
    strength = graph.add("Sigmoid", graph.linear(h, model.strength.weight, model.strength.bias))
    # Padding writes with strength 0: the memory stays bit for bit what it was.
    strength = graph.shape(graph.add("Mul", strength, real), 0, 0, HEADS, 1, 1)
    rows, columns = (graph.shape(key, 0, 0, HEADS, *size) for size in ((1, KEY), (KEY, 1)))
    graph.add(
        "Scan",
        *("memory", rows, columns, value, strength),
        outputs=["next_memory"],
        body=write_step(),
        num_scan_inputs=4,
    )

    # Only after the last real token is anything read: that is where the next word is wanted.
    query = graph.normalize(
        graph.shape(graph.linear(last, model.read_key.weight), 0, HEADS, 1, KEY)
    )
    found = graph.shape(graph.add("MatMul", query, "next_memory"), 0, HEADS * VALUE)
    opened = graph.add("Sigmoid", graph.linear(last, model.open.weight, model.open.bias))
    found = graph.add("Mul", found, opened)
    mixed = graph.add("Concat", last, found, axis=-1)
    mixed = graph.add("Relu", graph.linear(mixed, model.mix.weight, model.mix.bias))
    feature = graph.add("Concat", mixed, found, axis=-1)
    feature = graph.linear(feature, model.feature.weight, model.feature.bias)
    graph.add(
        "Identity", graph.linear(feature, model.word.weight, model.word.bias), outputs=["logits"]
    )
    graph.add("Identity", last, outputs=["next_hidden"])

    info = helper.make_tensor_value_info
    memory, hidden = ["batch", HEADS, KEY, VALUE], ["batch", HIDDEN]
    inputs = [
        info("tokens", INT64, ["batch", "sequence"]),
        info("mask", FLOAT, ["batch", "sequence"]),
        info("memory", FLOAT, memory),
        info("hidden", FLOAT, hidden),
    ]
    outputs = [
        info("logits", FLOAT, ["batch", model.word.out_features]),
        info("next_memory", FLOAT, memory),
        info("next_hidden", FLOAT, hidden),
    ]
    proto = helper.make_model(
        helper.make_graph(graph.nodes, "chat", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        producer_name="flotilla",
    )
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)

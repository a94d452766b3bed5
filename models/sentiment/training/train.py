"""Trains the model and writes ../1; with --cross-validate, only scores it inside the train part."""

import argparse
import json
import random
from pathlib import Path

import torch
from torch import nn
from tokenizers import Tokenizer

from data import HERE, LABELS, LEXICON, Row, read_tsv, split
from evaluate import report
from network import Ensemble, Member
from tokens import END, LONGEST, START, UNKNOWN, build_tokenizer, cut_up, pad

VERSION = HERE.parent / "1"
FOLDS = 5
BATCH = 64
EMBEDDING = 48
CHANNELS = 48
# All of these were chosen by cross-validation inside the train part.
MEMBERS = 3
EPOCHS = 25
RATE = 3e-3
DROPOUT = 0.5
SMOOTHING = 0.1
LEXICON_SHARE = 1.0  # of the lexicon, in each epoch
JOIN = 0.3  # of the texts get a second text of their class before or after them
JOIN_NEUTRAL = 0.3  # of those second texts are neutral: praise plus a fact is still praise
CUT_UP = 0.15  # of the longer words are replaced by their parts
UNKNOWN_WORD = 0.15  # of the tokens are hidden
LEFT_OUT = 0.05  # of the tokens are left out

Example = tuple[list[int], int]  # token ids, class


class Augmenter:
    """Makes each epoch's examples: every text once, changed a little, and lexicon phrases."""

    def __init__(self, rows: list[Row], lexicon: list[Row], tokenizer: Tokenizer, seed: int):
        self.rng = random.Random(seed)
        self.vocabulary = tokenizer.get_vocab()
        self.words = {number: word for word, number in self.vocabulary.items()}
        self.texts, self.phrases = (
            [
                (tokenizer.encode(text, add_special_tokens=False).ids, LABELS.index(label))
                for label, text in part
            ]
            for part in (rows, lexicon)
        )
        self.by_class = [
            [ids for ids, label in self.texts if label == wanted] for wanted in range(len(LABELS))
        ]

    def epoch(self) -> list[list[Example]]:
        examples = [(self.join(ids, label), label) for ids, label in self.texts]
        examples += self.rng.sample(self.phrases, int(LEXICON_SHARE * len(self.phrases)))
        examples = [(self.blur(ids), label) for ids, label in examples]
        # Texts of about the same length share a batch, which saves padding.
        examples.sort(key=lambda example: len(example[0]) + 6 * self.rng.random())
        batches = [examples[i : i + BATCH] for i in range(0, len(examples), BATCH)]
        self.rng.shuffle(batches)
        return batches

    def join(self, ids: list[int], label: int) -> list[int]:
        if self.rng.random() >= JOIN:
            return ids
        other_label = LABELS.index("neutral") if self.rng.random() < JOIN_NEUTRAL else label
        other = self.rng.choice(self.by_class[other_label])
        return ids + other if self.rng.random() < 0.5 else other + ids

    def blur(self, ids: list[int]) -> list[int]:
        out = [START]
        for number in ids:
            chance = self.rng.random()
            if chance < LEFT_OUT:
                continue
            if chance < LEFT_OUT + UNKNOWN_WORD:
                out.append(UNKNOWN)
            elif self.rng.random() < CUT_UP and self.is_long(number):
                out += cut_up(self.words[number], self.vocabulary, self.rng)
            else:
                out.append(number)
        return [*out, END]

    def is_long(self, number: int) -> bool:
        word = self.words[number]
        return len(word) > 4 and word.isalpha()


def train_member(rows: list[Row], lexicon: list[Row], tokenizer: Tokenizer, seed: int) -> Member:
    torch.manual_seed(seed)
    augmenter = Augmenter(rows, lexicon, tokenizer, seed)
    member = Member(tokenizer.get_vocab_size(), EMBEDDING, CHANNELS, DROPOUT)
    optimizer = torch.optim.AdamW(member.parameters(), lr=RATE, weight_decay=0.01, fused=True)
    steps = EPOCHS * len(augmenter.epoch())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    member.train()
    for _ in range(EPOCHS):
        for batch in augmenter.epoch():
            ids, mask = pad([ids for ids, _ in batch])
            loss = loss_of(
                member(ids, mask.to(torch.float32)), torch.tensor([label for _, label in batch])
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(member.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return member.eval()


def train_ensemble(rows: list[Row], lexicon: list[Row]) -> tuple[Tokenizer, Ensemble]:
    tokenizer = build_tokenizer([text for _, text in rows + lexicon])
    members = []
    for seed in range(MEMBERS):
        members.append(train_member(rows, lexicon, tokenizer, seed))
        print(f"trained member {seed + 1} of {MEMBERS}", flush=True)
    return tokenizer, Ensemble(members).eval()


def cross_validate(rows: list[Row], lexicon: list[Row]) -> None:
    rows = random.Random(0).sample(rows, len(rows))
    right = 0
    for fold in range(FOLDS):
        tested = rows[fold::FOLDS]
        tokenizer, model = train_ensemble(
            [row for i, row in enumerate(rows) if i % FOLDS != fold], lexicon
        )
        with torch.no_grad():
            found = model(*pad([tokenizer.encode(text).ids for _, text in tested])).argmax(dim=1)
        hits = sum(LABELS[int(f)] == label for f, (label, _) in zip(found, tested))
        right += hits
        print(f"fold {fold + 1}: {hits / len(tested):.1%}", flush=True)
    print(f"cross-validation inside the train part: {right / len(rows):.1%}")


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_version(tokenizer: Tokenizer, model: Ensemble) -> None:
    VERSION.mkdir(exist_ok=True)
    axes = {0: "batch", 1: "sequence"}
    torch.onnx.export(
        model,
        pad([[START, UNKNOWN, END], [START, END]]),
        str(VERSION / "model.onnx"),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    tokenizer.enable_truncation(LONGEST)
    tokenizer.save(str(VERSION / "tokenizer.json"))
    write_json(
        VERSION / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": LONGEST,
            "do_lower_case": True,
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
        },
    )
    write_json(
        VERSION / "config.json",
        {
            "architectures": ["ConvolutionForSequenceClassification"],
            "model_type": "convolution",
            "vocab_size": tokenizer.get_vocab_size(),
            "max_position_embeddings": LONGEST,
            "pad_token_id": 0,
            "id2label": {str(number): label for number, label in enumerate(LABELS)},
            "label2id": {label: number for number, label in enumerate(LABELS)},
        },
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cross-validate", action="store_true")
    # One thread: sums in another order would be another model.
    torch.set_num_threads(1)
    train, _ = split()
    lexicon = read_tsv(LEXICON)
    if arguments.parse_args().cross_validate:
        cross_validate(train, lexicon)
    else:
        write_version(*train_ensemble(train, lexicon))
        report()


if __name__ == "__main__":
    main()

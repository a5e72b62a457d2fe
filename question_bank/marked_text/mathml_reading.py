r"""MathML from outside becomes LaTeX: by its own TeX annotation, or element by element where every element is known.

One rule: a formula is read whole or refused; what is read is shown by the same converter as every other formula.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from kernel.sentences import say
from question_bank.marked_text.formulas import NotUnderstood, mathml

DEPTH_MAX = 24
_TEX = frozenset({"application/x-tex", "tex", "latex", "application/x-latex"})
_SIGNS = MappingProxyType(
    {
        "\u00d7": r"\times",
        "\u00f7": r"\div",
        "\u00b7": r"\cdot",
        "\u22c5": r"\cdot",
        "\u00b1": r"\pm",
        "\u2213": r"\mp",
        "\u2212": "-",
        "\u2264": r"\leq",
        "\u2265": r"\geq",
        "\u2260": r"\neq",
        "\u2248": r"\approx",
        "\u2261": r"\equiv",
        "\u221d": r"\propto",
        "\u2192": r"\rightarrow",
        "\u21d2": r"\Rightarrow",
        "\u2208": r"\in",
        "\u2209": r"\notin",
        "\u2282": r"\subset",
        "\u222a": r"\cup",
        "\u2229": r"\cap",
        "\u2211": r"\sum",
        "\u220f": r"\prod",
        "\u222b": r"\int",
        "\u221e": r"\infty",
        "\u2202": r"\partial",
        "\u2207": r"\nabla",
        "\u2026": r"\ldots",
        "{": r"\{",
        "}": r"\}",
        "%": r"\%",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "$": r"\$",
        "\u2061": "",
        "\u2062": "",
        "\u2063": "",
    }
    | dict(
        zip(
            "\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03b9\u03ba\u03bb\u03bc\u03bd\u03be\u03c0\u03c1\u03c3\u03c4\u03c5\u03c6\u03c7\u03c8\u03c9\u0393\u0394\u0398\u039b\u039e\u03a0\u03a3\u03a6\u03a8\u03a9",
            (
                rf"\{name}"
                for name in [
                    "alpha",
                    "beta",
                    "gamma",
                    "delta",
                    "varepsilon",
                    "zeta",
                    "eta",
                    "theta",
                    "iota",
                    "kappa",
                    "lambda",
                    "mu",
                    "nu",
                    "xi",
                    "pi",
                    "rho",
                    "sigma",
                    "tau",
                    "upsilon",
                    "varphi",
                    "chi",
                    "psi",
                    "omega",
                    "Gamma",
                    "Delta",
                    "Theta",
                    "Lambda",
                    "Xi",
                    "Pi",
                    "Sigma",
                    "Phi",
                    "Psi",
                    "Omega",
                ]
            ),
            strict=True,
        )
    )
)
_FUNCTIONS = frozenset(["sin", "cos", "tan", "cot", "log", "ln", "exp", "lim", "max", "min", "det", "gcd"])
_SHAPES = MappingProxyType(
    {
        "mfrac": (2, r"\frac{{{0}}}{{{1}}}"),
        "msup": (2, "{{{0}}}^{{{1}}}"),
        "msub": (2, "{{{0}}}_{{{1}}}"),
        "msubsup": (3, "{{{0}}}_{{{1}}}^{{{2}}}"),
        "mroot": (2, r"\sqrt[{1}]{{{0}}}"),
        "munder": (2, "{0}_{{{1}}}"),
        "munderover": (3, "{0}_{{{1}}}^{{{2}}}"),
    }
)
_OVER = MappingProxyType(
    {"\u00af": r"\overline", "\u203e": r"\overline", "^": r"\hat", "\u2192": r"\vec", "~": r"\tilde"}
)
_GROUPS = frozenset({"math", "mrow", "mstyle", "mpadded"})


def latex_of(math: Any) -> str:  # noqa: ANN401 - an element of lxml, which has no types
    """Return the LaTeX of a ``math`` element of lxml.

    Raises:
        NotUnderstood: it has no annotation, and uses an element or a sign that is not known here.
    """
    for annotation in _named(math, "annotation"):
        if (annotation.get("encoding") or "").lower() in _TEX and (annotation.text or "").strip():
            return _checked((annotation.text or "").strip())
    return _checked(" ".join(_group(math, 0).split()))


def _checked(latex: str) -> str:
    if "\\)" in latex or "\\]" in latex:
        message = say("has the end of a formula within it")
        raise NotUnderstood(message)
    mathml(latex, display=False)
    return latex


def _named(math: Any, name: str) -> list[Any]:  # noqa: ANN401
    return [element for element in math.iter() if _tag(element) == name]


def _tag(element: Any) -> str:  # noqa: ANN401
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def _children(element: Any) -> list[Any]:  # noqa: ANN401
    return [child for child in element if _tag(child)]


def _group(element: Any, depth: int) -> str:  # noqa: ANN401
    return " ".join(_latex(child, depth + 1) for child in _children(element))


def _latex(element: Any, depth: int) -> str:  # noqa: ANN401, PLR0911
    if depth > DEPTH_MAX:
        message = say("is nested more than %(depth_max)s levels deep", depth_max=DEPTH_MAX)
        raise NotUnderstood(message)
    tag = _tag(element)
    if tag in _GROUPS:
        return _group(element, depth)
    if tag in {"mi", "mn", "mo", "mtext", "ms"}:
        return _token(tag, "".join(element.itertext()).strip())
    if tag == "mspace":
        return r"\,"
    if tag == "msqrt":
        return rf"\sqrt{{{_group(element, depth)}}}"
    if tag == "semantics" and len(element):
        return _latex(_children(element)[0], depth + 1)
    if tag == "mfenced":
        inner = (element.get("separators") or ",")[:1].join(_latex(child, depth + 1) for child in _children(element))
        return rf"\left{_fence(element.get('open', '('))}{inner}\right{_fence(element.get('close', ')'))}"
    parts = [_latex(child, depth + 1) for child in _children(element)]
    if tag == "mover" and len(parts) == _SHAPES["mfrac"][0]:
        return _over(parts, "".join(_children(element)[1].itertext()).strip())
    if tag in _SHAPES and len(parts) == _SHAPES[tag][0]:
        return _SHAPES[tag][1].format(*parts)
    message = say(
        "uses the element %(tag)r, which is not known here, or not with %(count)s parts", tag=tag[:40], count=len(parts)
    )
    raise NotUnderstood(message)


def _over(parts: list[str], sign: str) -> str:
    if sign in _OVER:
        return f"{_OVER[sign]}{{{parts[0]}}}"
    return f"{parts[0]}^{{{parts[1]}}}" if parts[0] in {r"\sum", r"\prod"} else rf"\overset{{{parts[1]}}}{{{parts[0]}}}"


def _fence(sign: str | None) -> str:
    known = {"(": "(", ")": ")", "[": "[", "]": "]", "{": r"\{", "}": r"\}", "|": "|", "": "."}
    if (sign or "") not in known:
        message = say("has the bracket %(value)r, which is not known here", value=(sign or "")[:10])
        raise NotUnderstood(message)
    return known[sign or ""]


def _token(tag: str, text: str) -> str:
    if tag in {"mtext", "ms"} or (tag == "mi" and len(text) > 1 and text not in _FUNCTIONS):
        if not all(sign.isalnum() or sign in " .,:;-()'" for sign in text):
            message = say("has the text %(text)r, which cannot be written within a formula", text=text[:40])
            raise NotUnderstood(message)
        return rf"\text{{{text}}}" if tag != "mi" else rf"\mathrm{{{text}}}"
    if text in _FUNCTIONS:
        return rf"\{text}"
    if "\\" in text:
        message = say("has a backslash where a sign is expected")
        raise NotUnderstood(message)
    return "".join(f"{_SIGNS[sign]} " if sign in _SIGNS else sign for sign in text)

"""Share of round trips that take longer than a time, on two logarithmic axes, with the floor and the machine's hiccups."""
import loader
import style


def draw(bench, receive, mode, size=64):
    """Returns: the figure, or None when the row was not measured."""
    ours, floor, hiccup = bench.rtt(size, receive, mode), bench.floor_of(size, mode), bench.find("floor/hiccup")
    if ours is None or floor is None:
        return None
    title = f"Round trips longer than …, {style.format_size(size)}\n{style.MODE_WORDS[mode]}, {style.RECEIVE_WORDS[receive]}"
    fig, axes = style.figure(title, bench)
    style.line(axes, receive, loader.ccdf(ours.buckets()), f"kickmsg, {style.RECEIVE_WORDS[receive]}")
    style.line(axes, "floor", loader.ccdf(floor.buckets()), style.FLOOR_WORDS[mode])
    if hiccup is not None and mode == "spin":
        style.line(axes, "hiccup", loader.ccdf(hiccup.buckets()), "hiccups of the machine alone")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(top=1.5)
    style.time_axis(axes.xaxis)
    axes.set_xlabel("round trip")
    axes.set_ylabel("share of the samples that take longer")
    axes.legend(loc="upper right" if mode == "spin" else "lower left")
    return style.finish(fig)

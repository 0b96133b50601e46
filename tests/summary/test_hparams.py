"""What the HParams page reads; TensorBoard's functions and the page's handlers are witnesses."""

import random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import few

import nnlite
from nnlite import summary
from nnlite.callbacks import HParams, LambdaCallback, TerminateOnNaN
from nnlite.summary import Discrete, HParam, IntInterval, Metric, RealInterval
from nnlite.summary import hparams_messages as ours
from nnlite.summary.hparams_plugin import checked
from nnlite.summary.records import records

pytestmark = pytest.mark.one_table  # there are no arrays for kernels in this

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
events = pytest.importorskip("tensorboard.backend.event_processing.plugin_event_multiplexer")
data = pytest.importorskip("tensorboard.backend.event_processing.data_provider")
base = pytest.importorskip("tensorboard.plugins.base_plugin")
context = pytest.importorskip("tensorboard.context")
api_pb2 = pytest.importorskip("tensorboard.plugins.hparams.api_pb2")
backend = pytest.importorskip("tensorboard.plugins.hparams.backend_context")
get_experiment = pytest.importorskip("tensorboard.plugins.hparams.get_experiment")
list_session_groups = pytest.importorskip("tensorboard.plugins.hparams.list_session_groups")
plugin_data_pb2 = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")
summary_v2 = pytest.importorskip("tensorboard.plugins.hparams.summary_v2")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
names = texts.filter(bool)
floats = st.floats(allow_nan=False, allow_infinity=False)
whole_numbers = st.integers(-(2**70), 2**70)
values = st.booleans() | whole_numbers | floats | texts

#: The name of a class of domains and the arguments of its constructor, ours and theirs.
domains = (
    st.tuples(st.just("IntInterval"), st.lists(whole_numbers, min_size=2, max_size=2).map(sorted))
    | st.tuples(st.just("RealInterval"), st.lists(floats, min_size=2, max_size=2).map(sorted))
    | st.sampled_from([(bool, st.booleans()), (int, whole_numbers), (float, floats), (str, texts)])
    .flatmap(lambda kind: st.tuples(st.lists(kind[1]), st.just(kind[0])))
    .map(lambda arguments: ("Discrete", arguments))
)
maybe_text = st.none() | texts


def of(module, domain):
    """The domain that a module has by that name, or none."""
    return domain and getattr(module, domain[0])(*domain[1])


def parsed(content: bytes):
    """What protobuf reads, having seen no field that it does not know."""
    message = plugin_data_pb2.HParamsPluginData.FromString(content)
    known = plugin_data_pb2.HParamsPluginData.FromString(content)
    known.DiscardUnknownFields()
    assert known == message
    assert known.ByteSize() == len(content)  # so that nothing is there twice
    return message


def message_of(theirs):
    """What a Summary of TensorBoard's holds for the page."""
    return parsed(theirs.value[0].metadata.plugin_data.content)


# ------------------------------------------------------------------------------- messages


@few
@given(st.dictionaries(names, values), maybe_text, st.floats(0, 1e10))
def test_the_beginning_of_a_session(hparams, trial_id, seconds) -> None:
    theirs = summary_v2.hparams_pb(hparams, trial_id=trial_id, start_time_secs=seconds)
    written = ours.session_start(*checked(hparams, trial_id), seconds)
    assert parsed(written) == message_of(theirs)


@few
@given(
    st.lists(st.tuples(names, st.none() | domains, maybe_text, maybe_text), max_size=3),
    st.lists(st.tuples(names, *[maybe_text] * 3, st.sampled_from([None, 1, 2])), max_size=3),
    st.floats(1, 1e10),
)
def test_an_experiment(hparams, metrics, seconds) -> None:
    theirs = summary_v2.hparams_config_pb(
        [summary_v2.HParam(name, of(summary_v2, domain), *rest) for name, domain, *rest in hparams],
        [summary_v2.Metric(*arguments) for arguments in metrics],
        time_created_secs=seconds,
    )
    written = ours.experiment(
        [HParam(name, of(summary, domain), *rest) for name, domain, *rest in hparams],
        [Metric(*arguments) for arguments in metrics],
        seconds,
    )
    assert parsed(written) == message_of(theirs)


@pytest.mark.parametrize(
    ("status", "theirs"),
    [(ours.SUCCESS, api_pb2.STATUS_SUCCESS), (ours.FAILURE, api_pb2.STATUS_FAILURE)],
)
def test_the_end_of_a_session(status, theirs) -> None:
    end = plugin_data_pb2.SessionEndInfo(status=theirs, end_time_secs=2.5)
    expected = plugin_data_pb2.HParamsPluginData(session_end_info=end)
    assert ours.session_end(status, 2.5) == expected.SerializeToString()


@few
@given(st.binary(max_size=60))
@example(b"\x0a\x06\x08\x01\x12\x02\x20\x01")  # a name that is a number
def test_any_bytes_can_be_described(content) -> None:
    for start in (b"\x12", b"\x1a", b"\x22"):
        assert isinstance(ours.described(start + bytes([len(content)]) + content), str)


def test_what_numpy_and_tensors_hold_is_written_as_what_python_holds() -> None:
    found, _ = checked(
        {
            "rate": nnlite.optimizers.SGD(0.25).learning_rate,
            "units": np.int32(30),
            "momentum": np.float16(0.5),
            "nesterov": np.bool_(True),
            "optimizer": np.str_("sgd"),
            HParam("scale"): np.array(2.0),
        },
        None,
    )
    assert [(name, type(value), value) for name, value in found.items()] == [
        ("momentum", float, 0.5),
        ("nesterov", bool, True),
        ("optimizer", str, "sgd"),
        ("rate", float, 0.25),
        ("scale", float, 2.0),
        ("units", int, 30),
    ]


# --------------------------------------------------------------------------------- files


def test_what_is_in_the_file(writing) -> None:
    """The whole of what TensorBoard's functions make, tags and empty tensors too."""
    hparams = {"rate": 0.05, "units": 30, "norm": False}
    assert summary.hparams(hparams, start_time_secs=5.0)
    with summary.name_scope("elsewhere"):  # the page looks for the tag itself
        assert summary.hparams_config([HParam("rate")], [Metric("epoch_loss", "train")])
    writing.writer.flush()
    (file,) = writing.log.files()
    written = [event_pb2.Event.FromString(data) for _, data in records(file)][1:]
    expected = [
        summary_v2.hparams_pb(hparams, start_time_secs=5.0),
        summary_v2.hparams_config_pb(
            [summary_v2.HParam("rate")], [summary_v2.Metric("epoch_loss", "train")]
        ),
    ]
    for event, theirs in zip(written, expected, strict=True):
        assert event.step == 0
        assert message_of(event.summary) == message_of(theirs)
        theirs.value[0].metadata.plugin_data.content = event.summary.value[
            0
        ].metadata.plugin_data.content
        assert event.summary == theirs


def test_nothing_is_written_without_a_writer(writing) -> None:
    with summary.record_if(False):
        assert not summary.hparams({"rate": 0.05})
        assert not summary.hparams_config([], [])
    writing.writer.flush()
    assert not writing.log.events()


class Page:
    """What the handlers of the HParams page answer for a folder of logs."""

    def __init__(self, folder) -> None:
        found = events.EventMultiplexer()
        found.AddRunsFromDirectory(str(folder)).Reload()
        provider = data.MultiplexerDataProvider(found, str(folder))
        self._asked = (
            context.RequestContext(),
            backend.Context(base.TBContext(data_provider=provider)),
            "0",
        )
        request = api_pb2.GetExperimentRequest(include_metrics=True)
        self.experiment = get_experiment.Handler(*self._asked, request).run()

    def rows(self):
        """The session groups, one a row."""
        columns = [api_pb2.ColParams(hparam=one.name) for one in self.experiment.hparam_infos]
        request = api_pb2.ListSessionGroupsRequest(
            col_params=columns,
            slice_size=100,
            allowed_statuses=list(api_pb2.Status.values()),
        )
        return list_session_groups.Handler(*self._asked, request).run().session_groups


def train(writer, rate, *more, **arguments) -> None:
    """Train on a line; the learning rate is written to be compared with others."""
    model = nnlite.Sequential([nnlite.Input((1,)), nnlite.layers.Dense(1)])
    model.compile(nnlite.optimizers.SGD(rate), "mse")
    x = np.linspace(-1, 1, 8)[:, None]
    callbacks = [HParams(writer, {"rate": rate, "batch": 4}, **arguments), *more]
    model.fit(x, 2 * x, 4, epochs=2, callbacks=callbacks, verbose=0)


def values_of(row) -> dict:
    return {name: value.number_value for name, value in row.hparams.items()}


def test_the_page_compares_trainings(tmp_path) -> None:
    with summary.create_file_writer(tmp_path).as_default():
        summary.hparams_config(
            [HParam("rate", RealInterval(0.001, 1.0)), HParam("batch", Discrete([4, 8]))],
            [Metric("epoch_loss", group="train", display_name="training loss")],
        )
    losses = {}

    def keep(epoch, logs):
        with summary.create_file_writer(folder / "train").as_default():
            summary.scalar("epoch_loss", logs["loss"], step=epoch)
        losses[rate] = np.float32(logs["loss"])

    for rate in (0.01, 0.5):
        folder = tmp_path / f"run_{rate}"
        train(folder, rate, LambdaCallback(on_epoch_end=keep))

    page = Page(tmp_path)
    assert [one.display_name for one in page.experiment.metric_infos] == ["training loss"]
    domains = {one.name: one for one in page.experiment.hparam_infos}
    interval = domains["rate"].domain_interval
    assert (interval.min_value, interval.max_value) == (0.001, 1.0)
    assert list(domains["batch"].domain_discrete) == [4, 8]
    rows = {values_of(row)["rate"]: row for row in page.rows()}
    assert rows.keys() == {0.01, 0.5}
    for rate, row in rows.items():
        assert values_of(row) == {"rate": rate, "batch": 4}
        assert [(one.name.group, one.value) for one in row.metric_values] == [
            ("train", losses[rate])
        ]
        (session,) = row.sessions
        assert session.name == f"run_{rate}"
        assert session.status == api_pb2.STATUS_SUCCESS
        assert 0 < session.start_time_secs < session.end_time_secs


def test_trainings_with_one_trial_id_share_a_row(tmp_path) -> None:
    for run in ("a", "b"):
        train(tmp_path / run, 0.1, trial_id="both")
    (row,) = Page(tmp_path).rows()
    assert row.name == "both"
    assert [session.name for session in row.sessions] == ["a", "b"]


def interrupt(epoch, logs):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("rate", "callback", "error"),
    [
        (1e30, TerminateOnNaN(), None),
        (1e30, TerminateOnNaN(raise_error=True), RuntimeError),
        (0.1, LambdaCallback(on_epoch_end=interrupt), KeyboardInterrupt),
        (0.1, LambdaCallback(on_train_begin=lambda logs: 1 / 0), ZeroDivisionError),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_training_that_fails(rate, callback, error, tmp_path) -> None:
    if error is None:
        train(tmp_path / "run", rate, callback)
    else:
        with pytest.raises(error):
            train(tmp_path / "run", rate, callback)
    (row,) = Page(tmp_path).rows()
    assert row.sessions[0].status == api_pb2.STATUS_FAILURE
    assert row.sessions[0].end_time_secs


def test_a_folder_that_cannot_be_made(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        train(tmp_path / "file" / "run", 0.01)


def test_while_a_training_goes_on_its_row_is_there(tmp_path) -> None:
    seen = []

    def look(epoch, logs):
        (row,) = Page(tmp_path).rows()
        seen.append(row.sessions[0].status)

    with summary.record_if(False):  # which is about the summaries of the training
        train(tmp_path, 0.1, LambdaCallback(on_epoch_end=look))
    assert seen == [api_pb2.STATUS_UNKNOWN] * 2
    assert Page(tmp_path).rows()[0].sessions[0].status == api_pb2.STATUS_SUCCESS


def test_a_writer_that_is_given_stays_open(writing) -> None:
    train(writing.writer, 0.1)
    summary.scalar("after", 1.0, step=0)
    writing.writer.flush()
    tags = [tag for tag, _, _ in writing.log.values()]
    assert tags == ["_hparams_/session_start_info", "_hparams_/session_end_info", "after"]


def test_one_callback_for_two_trainings(tmp_path) -> None:
    model = nnlite.Sequential([nnlite.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = HParams(tmp_path, {"rate": 0.01})
    for _ in range(2):
        model.fit(np.ones((4, 1)), np.ones((4, 1)), callbacks=[callback], verbose=0)
    model.evaluate(np.ones((4, 1)), np.ones((4, 1)), callbacks=[callback], verbose=0)
    found = [event for file in tmp_path.iterdir() for event in summary.read(file)]
    assert sum(bool(event.values) for event in found) == 4


# -------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("hparams", "trial_id", "error", "message"),
    [
        ([("rate", 1)], None, TypeError, "hparams must be a dict"),
        ({"rate": None}, None, TypeError, r"hparams\['rate'\] must be a bool, int, float or str"),
        ({"rate": [0.1]}, None, TypeError, "must be a bool, int, float or str"),
        ({"rate": np.ones(1)}, None, TypeError, "must be a bool, int, float or str"),
        ({"rate": float("nan")}, None, ValueError, "must be finite"),
        ({"rate": 10**400}, None, ValueError, "must be finite"),
        ({"name": "\ud800"}, None, ValueError, "is no text"),
        ({"": 1}, None, ValueError, "a name in hparams is empty"),
        ({1: 2}, None, TypeError, "a name in hparams must be a string, got 1"),
        ({"rate": 1, HParam("rate"): 2}, None, ValueError, "'rate' has two values"),
        ({"rate": 1}, 3, TypeError, "trial_id must be a string, got 3"),
    ],
)
def test_bad_hyperparameters(hparams, trial_id, error, message, writing, tmp_path) -> None:
    with pytest.raises(error, match=message):
        HParams(tmp_path / "run", hparams, trial_id)
    assert not (tmp_path / "run").exists()
    with pytest.raises(error, match=message):
        summary.hparams(hparams, trial_id)
    writing.writer.flush()
    assert not writing.log.events()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: HParam(""), ValueError, "HParam: name is empty"),
        (lambda: HParam("rate", (0, 1)), ValueError, "domain must be an IntInterval"),
        (lambda: HParam("rate", description=3), TypeError, "description must be a string"),
        (lambda: IntInterval(0.5, 1), TypeError, "IntInterval: min_value must be of type int"),
        (lambda: IntInterval(True, 2), TypeError, "min_value must be of type int"),
        (lambda: IntInterval(2, 1), ValueError, r"IntInterval\(.*\) is empty"),
        (lambda: RealInterval(0, "1"), TypeError, "RealInterval: max_value must be of type float"),
        (lambda: RealInterval(0, float("inf")), ValueError, "max_value must be finite"),
        (lambda: Discrete([]), ValueError, "there are no values"),
        (lambda: Discrete([1, "2"]), TypeError, "'2' is not of the type int"),
        (lambda: Discrete([1], list), ValueError, "dtype must be bool, int, float or str"),
        (lambda: Metric(3), TypeError, "Metric: tag must be a string"),
        (lambda: Metric("loss", dataset_type=3), ValueError, "must be Metric.TRAINING"),
        (lambda: HParams(None, {}), TypeError, "writer must be a SummaryWriter or a path"),
        (lambda: summary.hparams_config(["rate"], []), TypeError, "hparams must hold nothing but"),
        (lambda: summary.hparams_config([], ["loss"]), TypeError, "metrics must hold nothing but"),
        (lambda: summary.hparams({}, start_time_secs=np.nan), ValueError, "start_time_secs must"),
    ],
)
@pytest.mark.usefixtures("writing")
def test_bad_descriptions(make, error, message) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (IntInterval(3, 300), summary_v2.IntInterval(3, 300)),
        (RealInterval(0, 0.5), summary_v2.RealInterval(0.0, 0.5)),
        (Discrete(["b", "a"]), summary_v2.Discrete(["b", "a"])),
    ],
)
def test_values_are_drawn_as_tensorboard_does(ours, theirs) -> None:
    one, other = random.Random(0), random.Random(0)
    drawn = [ours.sample_uniform(one) for _ in range(20)]
    assert drawn == [theirs.sample_uniform(other) for _ in range(20)]
    assert ours.dtype is theirs.dtype is type(drawn[0]) is type(ours.sample_uniform())

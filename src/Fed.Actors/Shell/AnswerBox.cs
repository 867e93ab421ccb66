using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;

namespace Fed.Actors.Shell;

/// <summary>
/// What sites answered in the steps of one attempt, in the coordinator's memory and never on its disk: with a crash it is gone, and asked for again. The first answer of a site in a step counts; in the
/// steps of an opening the first about each opening. Thread-safe.
/// </summary>
internal sealed class AnswerBox
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(CeremonyStep Step, Digest Opening, SiloId Silo), StepAnswer?> _held = [];   // null: declined
    private CollectionId _collection;

    /// <summary>Holds an answer of the newest attempt.</summary>
    public void Hold(StepAnswer answer) => Put(answer.Collection, answer.Step, OpeningOf(answer), answer.Silo, answer);

    /// <summary>Notes that no answer will come.</summary>
    public void HoldDecline(CollectionId collection, CeremonyStep step, SiloId silo) => Put(collection, step, default, silo, null);

    /// <summary>The answers of a step; in the steps of an opening, about it.</summary>
    public ImmutableSortedDictionary<SiloId, StepAnswer> Answers(CollectionId collection, CeremonyStep step, Digest opening = default)
    {
        lock (_gate) return Of(collection, step, opening).Where(static pair => pair.Value is not null).ToImmutableSortedDictionary(static pair => pair.Key.Silo, static pair => pair.Value!);
    }

    /// <summary>Who has declined in a step.</summary>
    public ImmutableSortedSet<SiloId> Declined(CollectionId collection, CeremonyStep step)
    {
        lock (_gate) return [.. Of(collection, step, default).Where(static pair => pair.Value is null).Select(static pair => pair.Key.Silo)];
    }

    /// <summary>Forgets everything of an attempt.</summary>
    public void Forget(CollectionId collection)
    {
        lock (_gate)
        {
            if (collection == _collection) _held.Clear();
        }
    }

    /// <summary>The opening that an answer is about; zero in steps before there is one.</summary>
    public static Digest OpeningOf(StepAnswer answer) => OpeningAnswer.IsOf(answer.Step) ? OpeningAnswer.OpeningOf(answer.Payload) : default;

    private void Put(CollectionId collection, CeremonyStep step, Digest opening, SiloId silo, StepAnswer? answer)
    {
        lock (_gate)
        {
            if (collection != _collection) _held.Clear();
            _collection = collection;
            _held.TryAdd((step, opening, silo), answer);
        }
    }

    private IEnumerable<KeyValuePair<(CeremonyStep Step, Digest Opening, SiloId Silo), StepAnswer?>> Of(CollectionId collection, CeremonyStep step, Digest opening) =>
        collection == _collection ? _held.Where(pair => pair.Key.Step == step && pair.Key.Opening == opening) : [];
}

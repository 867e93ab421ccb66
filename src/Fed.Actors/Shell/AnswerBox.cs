using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;

namespace Fed.Actors.Shell;

/// <summary>
/// What sites answered in the steps of one attempt, in the coordinator's memory and never on its disk: with a crash it is gone, and asked for again. The first answer of a site in a step counts.
/// Thread-safe.
/// </summary>
internal sealed class AnswerBox
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(CeremonyStep Step, SiloId Silo), StepAnswer?> _held = [];   // null: declined
    private CollectionId _collection;

    /// <summary>Holds an answer of the newest attempt.</summary>
    public void Hold(StepAnswer answer) => Put(answer.Collection, answer.Step, answer.Silo, answer);

    /// <summary>Notes that no answer will come.</summary>
    public void HoldDecline(CollectionId collection, CeremonyStep step, SiloId silo) => Put(collection, step, silo, null);

    /// <summary>The answers of a step.</summary>
    public ImmutableSortedDictionary<SiloId, StepAnswer> Answers(CollectionId collection, CeremonyStep step)
    {
        lock (_gate) return Of(collection, step).Where(static pair => pair.Value is not null).ToImmutableSortedDictionary(static pair => pair.Key.Silo, static pair => pair.Value!);
    }

    /// <summary>Who has declined in a step.</summary>
    public ImmutableSortedSet<SiloId> Declined(CollectionId collection, CeremonyStep step)
    {
        lock (_gate) return [.. Of(collection, step).Where(static pair => pair.Value is null).Select(static pair => pair.Key.Silo)];
    }

    /// <summary>Forgets everything of an attempt.</summary>
    public void Forget(CollectionId collection)
    {
        lock (_gate)
        {
            if (collection == _collection) _held.Clear();
        }
    }

    private void Put(CollectionId collection, CeremonyStep step, SiloId silo, StepAnswer? answer)
    {
        lock (_gate)
        {
            if (collection != _collection) _held.Clear();
            _collection = collection;
            _held.TryAdd((step, silo), answer);
        }
    }

    private IEnumerable<KeyValuePair<(CeremonyStep Step, SiloId Silo), StepAnswer?>> Of(CollectionId collection, CeremonyStep step) =>
        collection == _collection ? _held.Where(pair => pair.Key.Step == step) : [];
}

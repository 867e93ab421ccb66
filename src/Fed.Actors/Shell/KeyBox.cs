using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Shell;

/// <summary>
/// What holders answered in the step of a key's making that is being asked for, in the leader's memory: with a crash it is gone, and asked for again. The first answer of a site that counts, counts.
/// Thread-safe.
/// </summary>
internal sealed class KeyBox
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<SiloId, ReadOnlyMemory<byte>> _answers = [];
    private readonly SortedSet<SiloId> _declined = [];
    private (int Epoch, KeyStep Step) _of;

    /// <summary>Holds an answer that was found good.</summary>
    public void Hold(int epoch, KeyStep step, SiloId silo, ReadOnlyMemory<byte> answer)
    {
        lock (_gate)
        {
            Turn(epoch, step);
            _answers.TryAdd(silo, answer);
        }
    }

    /// <summary>Notes that a site will not enter.</summary>
    public void Decline(int epoch, SiloId silo)
    {
        lock (_gate)
        {
            Turn(epoch, KeyStep.Enter);
            _declined.Add(silo);
        }
    }

    /// <summary>True where the answer of a site is held.</summary>
    public bool Has(int epoch, KeyStep step, SiloId silo)
    {
        lock (_gate) return _of == (epoch, step) && _answers.ContainsKey(silo);
    }

    /// <summary>What is held of a step, and who has declined in it.</summary>
    public (ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> Answers, ImmutableSortedSet<SiloId> Declined) Of(int epoch, KeyStep step)
    {
        lock (_gate) return _of == (epoch, step) ? (_answers.ToImmutableSortedDictionary(), [.. _declined]) : (ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>>.Empty, []);
    }

    private void Turn(int epoch, KeyStep step)
    {
        if (_of == (epoch, step)) return;
        _answers.Clear();
        _declined.Clear();
        _of = (epoch, step);
    }
}

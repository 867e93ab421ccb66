using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Round;

namespace Fed.TestKit.Federation.Checks;

/// <content>Sites that release shares which are none: named when the sum is opened without them, and nobody else is.</content>
internal sealed partial class JobChecks
{
    private readonly HashSet<(SiloId Silo, CollectionId Collection, Digest Payload)> _forged = [];
    private readonly Dictionary<CollectionId, List<ImmutableSortedSet<SiloId>>> _lied = [];   // for each time that a sum was opened, who had lied about it
    private readonly HashSet<(CollectionId Collection, SiloId Silo)> _named = [];

    /// <summary>A site says in a step of a ceremony what is not so.</summary>
    public void Forged(StepAnswer answer) => _forged.Add((answer.Silo, answer.Collection, Digest.Of(answer.Payload.Span)));

    /// <summary>Where servers lie, sites release shares for lists of the liars' too: the coordinator's honest part can open nothing with those.</summary>
    private void NoteOpened(UnmaskRequest request, UnmaskOutcome outcome)
    {
        CollectionId id = request.Context.Collection;
        ImmutableSortedSet<SiloId> liars = [.. request.Released.Where(pair => _forged.Contains((pair.Key, id, Digest.Of(pair.Value.Span)))).Select(static pair => pair.Key)];
        bool areFound = liars.IsSubsetOf(outcome.Liars) && outcome.Liars.All(silo => HasLiedAbout(id, silo));
        _checks.Require(FederationCheck.Status, areFound || !_job.AreServersHonest, $"{liars.Count} sites released shares of {id} that are none, and {outcome.Liars.Count} are found");
        if (!outcome.IsOpened) return;
        _openings.Open(NodeAddress.Coordinator.Value, id, _broadcasts[id], [.. request.Contributors]);
        if (!_lied.TryGetValue(id, out List<ImmutableSortedSet<SiloId>>? openings)) _lied[id] = openings = [];
        openings.Add(liars);
    }

    /// <summary>True for a site that said in some step of an attempt what is not so; of shares that it sealed for itself, too.</summary>
    private bool HasLiedAbout(CollectionId id, SiloId silo) => _forged.Any(forged => forged.Silo == silo && forged.Collection == id);

    private void NoteNamed(RoundEvent happened)
    {
        switch (happened)
        {
            case RoundEvent.LiarsNamed named:
                foreach (SiloId silo in named.Silos)
                {
                    _checks.Require(FederationCheck.Status, HasLiedAbout(named.Collection, silo) || !_job.AreServersHonest, $"'{silo}' is named as a liar about {named.Collection}, and is none");
                    _named.Add((named.Collection, silo));
                }

                break;
            case RoundEvent.SumOpened opened when _lied.TryGetValue(opened.Collection, out List<ImmutableSortedSet<SiloId>>? openings):
                bool areNamed = openings.Any(liars => liars.All(silo => _named.Contains((opened.Collection, silo))));
                _checks.Require(FederationCheck.Status, areNamed, $"{opened.Collection} is opened, and who lied about it is not named in the journal");
                break;
        }
    }
}

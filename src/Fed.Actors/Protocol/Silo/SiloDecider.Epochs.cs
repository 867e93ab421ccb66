using Fed.Actors.Protocol.Ceremony;
using static Fed.Actors.Protocol.Silo.SiloCommand;
using static Fed.Actors.Protocol.Silo.SiloEvent;

namespace Fed.Actors.Protocol.Silo;

/// <content>
/// Epochs under a common key: what a site is shown of everybody's words when a round is over. With it in its journal it tells each of the others, in the rounds to come, what it has heard of it. See
/// docs/adr/0014-site-epochs.md.
/// </content>
public sealed partial class SiloDecider
{
    /// <summary>
    /// Why the end of a committed round does not count: where this site confirmed a list, it wants to see who else did, as many as had to. Else a server could keep a word that it has to itself, and
    /// ask the site that gave it once more when that has forgotten it.
    /// </summary>
    private static string? RefusalOfConfirmed(SiloState state, CloseRound close)
    {
        if (state.Plan!.Ckks is not { } ckks || !close.Committed || state.Restored is not null) return null;
        foreach (((int round, string sum), ConfirmedList confirmed) in state.Confirmed.Where(pair => pair.Key.Round == close.Round))
        {
            int needed = ckks.ConfirmationsOf(state.Plan.InvitedTo(confirmed.Collection).Count), shown = close.Confirmed.TryGetValue(sum, out ImmutableSortedDictionary<SiloId, SiteEpoch>? words) ? words.Count : 0;
            if (shown < needed) return $"the end of round {round} with {shown} of the words that were given for its sum '{sum}', and {needed} are needed";
        }

        return null;
    }

    /// <summary>The words for the sums that this site encrypted under the key that it holds: those under an older key are of an older memory.</summary>
    private static ImmutableSortedDictionary<SiloId, SiteEpoch> WordsOf(SiloState state, CloseRound close)
    {
        ImmutableSortedDictionary<SiloId, SiteEpoch> words = ImmutableSortedDictionary<SiloId, SiteEpoch>.Empty;
        foreach ((string sum, ImmutableSortedDictionary<SiloId, SiteEpoch> given) in close.Confirmed)
        {
            if (state.Encryptions.GetValueOrDefault((close.Round, sum)) is not { } known || !state.Keys.ContainsKey(known.Epoch)) continue;
            foreach ((SiloId silo, SiteEpoch epoch) in given)
                if (epoch.Number > words.GetValueOrDefault(silo).Number) words = words.SetItem(silo, epoch);
        }

        return words;
    }

    /// <summary>A word of this site's own, signed by it, of which it knows nothing: its memory was restored from an old copy.</summary>
    private static RestoreNoticed? ForgottenWord(SiloState state, CloseRound close) =>
        state.Restored is null && WordsOf(state, close).TryGetValue(state.Silo, out SiteEpoch own) && !state.Epochs.Knows(own)
            ? new RestoreNoticed(state.Encryptions.Values.Last(known => known.Collection.Round == close.Round).Collection, state.Silo, own, state.Epochs.Own)
            : null;
}

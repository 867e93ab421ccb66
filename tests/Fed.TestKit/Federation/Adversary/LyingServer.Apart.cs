using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;

namespace Fed.TestKit.Federation.Adversary;

/// <content>
/// Under a common key, a few sites set apart: as many as open are shown a set of contributors of their own before any of them has confirmed the honest one, while the others confirm and open that.
/// </content>
internal sealed partial class LyingServer
{
    private readonly Dictionary<(JobId Job, CollectionId Collection), RogueSum?> _apart = [];   // null where an attempt is left alone

    /// <summary>What a site that is set apart is asked to confirm; null for every other one.</summary>
    private ProtocolMessage.ConfirmContributors? ShownApart(StolenNotes notes, SiloId silo, ProtocolMessage.ConfirmContributors asked)
    {
        if (!_apart.TryGetValue((asked.Job, asked.Collection), out RogueSum? sum)) _apart[(asked.Job, asked.Collection)] = sum = SetApart(notes, asked);
        if (sum is null || !sum.Openers.Contains(silo)) return null;
        struck(sum.Kind, asked.Job);
        return asked with { Contributions = sum.Contributions };
    }

    /// <summary>True for a site that is not to hear of the end of a round, since it is to open a sum of its own.</summary>
    private bool IsApart(JobId job, int round, SiloId silo) => _apart.Any(pair => pair.Key.Job == job && pair.Key.Collection.Round == round && pair.Value?.Openers.Contains(silo) == true);

    private RogueSum? SetApart(StolenNotes notes, ProtocolMessage.ConfirmContributors asked)
    {
        FaultKind kind = !lies.Has(FaultKind.SecondList) || (lies.Has(FaultKind.SmallSum) && Below(FaultKind.SmallSum, 2) == 0) ? FaultKind.SmallSum : FaultKind.SecondList;
        if (!lies.Has(kind) || !dice.IsStruck(kind, lies.Per10K / 2, 1000) || ClosedList(notes, asked.Collection) is not { } list) return null;
        UpdateManifest[] drawn = [.. asked.Contributions.OrderBy(_ => Below(kind, int.MaxValue))];
        int threshold = notes.Plan.Ckks!.Threshold, few = Math.Min(threshold, notes.Plan.Ckks.MinimumContributors - 1);
        ImmutableArray<UpdateManifest> shown = [.. drawn.Take(kind == FaultKind.SmallSum ? few : drawn.Length - 1).OrderBy(static m => m.Silo)];
        if (shown.Length < threshold || SumOf(notes, kind, asked.Collection, list, shown, [.. drawn.Take(threshold).Select(static m => m.Silo)]) is not { } sum) return null;
        Keep(sum, _encrypted[asked.Job].Sums);
        return sum;
    }
}

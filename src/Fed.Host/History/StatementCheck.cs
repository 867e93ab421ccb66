using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Shell;
using Fed.Cluster.Journals;

namespace Fed.Host.History;

/// <summary>Holds what a site tells of its part in a job against what the coordinator's journal says of it: both must tell of the same contributions, sets of sites, rounds and models.</summary>
internal static class StatementCheck
{
    /// <summary>Where they differ; each finding names the site and the round.</summary>
    public static ImmutableArray<AuditFinding> Compare(JobHistory job, SiteStatement site)
    {
        Check check = new(job, site);
        if (site.Plan is { } plan && plan != job.State.Planned!.Hash) check.Differs(null, $"it approved the plan {plan}, and the journal has {job.State.Planned.Hash}");
        foreach (SiteReceipt receipt in site.Receipts) check.Round(receipt);
        foreach (CommittedRound round in job.Rounds) check.Contributions(round);
        check.Sets();
        check.Models();
        return check.Findings;
    }

    private sealed class Check(JobHistory job, SiteStatement site)
    {
        private readonly ImmutableArray<AuditFinding>.Builder _findings = ImmutableArray.CreateBuilder<AuditFinding>();
        private readonly SiloId _silo = new(site.Site);
        private readonly Dictionary<int, CommittedRound> _committed = job.Rounds.ToDictionary(static round => round.Committed.Round);
        private readonly int _settled = site.Receipts.IsEmpty ? -1 : site.Receipts[^1].Round;   // what is told may be of before the rounds that follow
        private readonly ILookup<(int, string), Departure> _sent = site.Departures.Where(static left => left is { Round: not null, Bytes: not null }).ToLookup(static left => (left.Round!.Value, left.Purpose));

        public ImmutableArray<AuditFinding> Findings => _findings.ToImmutable();

        public void Differs(int? round, string how) => _findings.Add(new AuditFinding(
            AuditFault.SiteDisagrees, FederationNodes.RoundLog(job.Id), 0, $"site '{site.Site}', job {job.Id}{(round is { } number ? $", round {number}" : "")}: {how}"));

        public void Round(SiteReceipt receipt)
        {
            bool isCommitted = _committed.TryGetValue(receipt.Round, out CommittedRound? round);
            if (receipt.Committed != isCommitted) Differs(receipt.Round, receipt.Committed ? "the site was told that it was committed, and the journal has no such round" : "the site was told that it was not committed, and the journal has committed it");
            else if (round is not null && receipt.TookPart != round.Committed.Sums.Any(sum => sum.Contributions.Any(IsOwn)))
                Differs(receipt.Round, receipt.TookPart ? "the site was told that it took part, and the journal counts nothing of it" : "the site was told that it took no part, and the journal counts a contribution of it");
        }

        public void Contributions(CommittedRound round)
        {
            foreach (SumRecord sum in round.Committed.Sums)
                foreach (UpdateManifest counted in sum.Contributions.Where(IsOwn))
                {
                    Departure[] sent = [.. _sent[(counted.Round, counted.Sum)]];
                    if (sent.Length == 0 && counted.Round > _settled) continue;
                    if (sent.Length == 0) Differs(counted.Round, $"the journal counts the contribution {counted.Hash} to '{counted.Sum}', and the site has sent none");
                    else if (!sent.Any(left => left.Hash == counted.Hash && left.Bytes == counted.Length))
                        Differs(counted.Round, $"the journal counts the contribution {counted.Hash} of {counted.Length} bytes to '{counted.Sum}', and the site has sent {string.Join(", ", sent.Select(static left => $"{left.Hash} of {left.Bytes} bytes"))}");
                }
        }

        /// <summary>A site lets a sum be opened for one set of sites alone: it must be the one that the journal has.</summary>
        public void Sets()
        {
            foreach (Departure opened in site.Departures.Where(static left => left is { Round: not null, Sites: not null }))
            {
                if (!_committed.TryGetValue(opened.Round!.Value, out CommittedRound? round) || round.Committed.Sums.FirstOrDefault(sum => sum.Collection.Sum == opened.Purpose) is not { } sum) continue;
                string[] counted = [.. sum.Contributions.Select(static counted => counted.Silo.Value).Order(StringComparer.Ordinal)];
                if (!counted.SequenceEqual(opened.Sites!.Value.Order(StringComparer.Ordinal), StringComparer.Ordinal))
                    Differs(opened.Round, $"the site has opened the sum '{opened.Purpose}' of {string.Join(", ", opened.Sites.Value)}, and the journal has it of {string.Join(", ", counted)}");
            }
        }

        public void Models()
        {
            foreach (Departure kept in site.Departures.Where(static left => left.What == Departure.KeepsModels))
                if (job.Rounds.IsEmpty || job.Rounds[^1].Committed.Step.State != kept.Hash) Differs(null, $"the site keeps the model of the state {kept.Hash}, and the journal's last one is {(job.Rounds.IsEmpty ? "none" : job.Rounds[^1].Committed.Step.State)}");
        }

        private bool IsOwn(UpdateManifest manifest) => manifest.Silo == _silo;
    }
}

using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Journals;
using Fed.Cluster.Stores;
using Fed.Learning.Program;

namespace Fed.Host.History;

/// <summary>
/// Verifies a site's own journal with nothing of anybody else's: its hash chain; the coordinator's signatures on its receipts, and that they tell one growing history; that a contribution was stored for each round in which the site took
/// part; and the models that it keeps, which must be whole and those that the coordinator named.
/// </summary>
internal static class SiteAudit
{
    /// <summary>Runs all checks. Works beside a running node.</summary>
    public static AuditTally Of(SiteJournal site)
    {
        AuditTally audit = new(site.Keys.Where(static key => key.Value.IsCoordinator).ToImmutableDictionary(static key => key.Key, static key => key.Value.Key));
        if (!audit.Chains("site", site.Journal)) return audit;
        foreach (string log in site.Logs()) new OfJob(audit, site, log).Check();
        return audit;
    }

    private sealed class OfJob(AuditTally audit, SiteJournal site, string log)
    {
        private readonly string _name = log[(log.LastIndexOf('/') + 1)..];
        private readonly ImmutableArray<SiloEvent> _events = [.. site.Read(log).Select(static e => e.Event)];

        public void Check()
        {
            SiloEvent.RoundSettled[] ends = [.. _events.OfType<SiloEvent.RoundSettled>()];
            SignedHead[] receipts = [.. ends.Select(static end => end.Head).OfType<SignedHead>()];
            HashSet<int> stored = [.. _events.OfType<SiloEvent.ContributionStored>().Select(static e => e.Collection.Round)];
            foreach (SiloEvent.RoundSettled end in ends)
            {
                if (end.Head is { } head && !audit.IsSigned(head.KeyId, SignedHead.Purpose, SignedHead.Content(head.PersistenceId, head.Sequence, head.Hash), head.Signature))
                    Add(AuditFault.SignatureInvalid, $"the receipt of round {end.Round} does not carry the signature of a coordinator that is known here");
                if (end.Committed && end.TookPart && !stored.Contains(end.Round)) Add(AuditFault.SiteDisagrees, $"the site was told that it took part in round {end.Round}, and has stored no contribution to it");
            }

            audit.Count(receipts.Length);
            audit.Keeps(_name, receipts);
            for (int i = 1; i < receipts.Length; i++)
                if (receipts[i].PersistenceId != receipts[i - 1].PersistenceId || receipts[i].Sequence < receipts[i - 1].Sequence || (receipts[i].Sequence == receipts[i - 1].Sequence && receipts[i].Hash != receipts[i - 1].Hash))
                    Add(AuditFault.HistoryRewritten, $"the coordinator has signed event {receipts[i - 1].Sequence} of '{receipts[i - 1].PersistenceId}', and later event {receipts[i].Sequence} of '{receipts[i].PersistenceId}': no one history has both in this order");
            if (_events.OfType<SiloEvent.ModelsKept>().LastOrDefault() is { } kept) CheckModels(kept.Models, ends);
        }

        private void CheckModels(JobModels models, SiloEvent.RoundSettled[] ends)
        {
            LearningPlan learning = LearningPlan.FromJson(Encoding.UTF8.GetBytes(_events.OfType<SiloEvent.PlanApproved>().First().Plan.Program));
            FileBlobStore blobs = FileBlobStore.OpenReadOnly(site.Blobs);
            foreach (ModelNote note in models.Best is { } best && best != models.Last ? (ModelNote[])[models.Last, best] : [models.Last])
            {
                audit.Blobs++;
                if (blobs.Verify(note.State) is { } damage) Add(AuditFault.BlobDamaged, $"the model of round {note.Round}: {damage}");
                else if (VectorBytes.Sha256(new FederatedProgram(learning).ReadModel(blobs.ReadAll(note.State)).Parameters) != note.ModelSha256) Add(AuditFault.ModelDamaged, $"the model of round {note.Round} is not {note.ModelSha256}, which the coordinator named");
                if (ends.FirstOrDefault(end => end.Round == note.Round) is { Committed: false }) Add(AuditFault.SiteDisagrees, $"the site keeps a model of round {note.Round}, which it was told was not committed");
            }
        }

        private void Add(AuditFault fault, string message) => audit.Add($"site {_name}", new AuditFinding(fault, log, 0, message));
    }
}

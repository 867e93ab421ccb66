using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Stores;
using Fed.Learning.Files;
using Fed.Learning.Program;

namespace Fed.Host.History;

/// <summary>The models of jobs that are over, from a site's own disk alone: there when the coordinator's machine and the database are gone.</summary>
internal static class SiteModels
{
    /// <summary>Reads one.</summary>
    /// <param name="folder">The site's, as <see cref="SiteJournal.Open"/> takes it.</param>
    /// <param name="jobId">The job; null for the one whose models came last.</param>
    /// <param name="isBest">True for the best model, false for the last.</param>
    /// <param name="labels">Names of a number of classes.</param>
    /// <exception cref="UserException">The site has no such model, or not whole.</exception>
    public static ExportedModel Read(string folder, string? jobId, bool isBest, Func<int, ImmutableArray<string>> labels)
    {
        using SiteJournal site = SiteJournal.Open(folder);
        (JobPlan plan, JobModels models) = jobId is null ? Newest(site, folder) : Of(site, site.Find(jobId).Log) ?? throw new UserException($"the site keeps no model of job {jobId}: it is not over, has committed no round, or its coordinator has not reached the site since");
        ModelNote note = (isBest ? models.Best : models.Last) ?? throw new UserException($"nothing tells which model of job {plan.Job} was best; leave --best out for the last one");
        FileBlobStore blobs = FileBlobStore.OpenReadOnly(site.Blobs);
        string whole = $"the model of round {note.Round} in '{site.Blobs}' is not whole any more";
        if (blobs.Verify(note.State) is { } damage) throw new UserException($"{whole} ({damage}); every other site of the job keeps it too");
        LearningPlan learning = LearningPlan.FromJson(Encoding.UTF8.GetBytes(plan.Program));
        ModelSnapshot snapshot = new FederatedProgram(learning).ReadModel(blobs.ReadAll(note.State));
        if (VectorBytes.Sha256(snapshot.Parameters) != note.ModelSha256) throw new UserException($"the model of round {note.Round} is not {note.ModelSha256}, which the coordinator named; compare with another site of the job");
        return ExportedModel.Of(learning, snapshot, plan.Name, labels(learning.Classes), plan.Job.Value, note.Round, note.ModelSha256);
    }

    private static (JobPlan Plan, JobModels Models) Newest(SiteJournal site, string folder)
    {
        string tag = ProtocolSerializers.Silo.TagOf<SiloEvent.ModelsKept>();
        string? log = site.Logs().SelectMany(log => site.Journal.Read(log).Where(stored => stored.Tag == tag).Select(stored => (Log: log, stored.At))).OrderByDescending(static kept => kept.At).Select(static kept => kept.Log).FirstOrDefault();
        return log is null ? throw new UserException($"the site in '{folder}' keeps no model yet; it gets those of a job when the job is over") : Of(site, log)!.Value;
    }

    private static (JobPlan Plan, JobModels Models)? Of(SiteJournal site, string log)
    {
        ImmutableArray<SiloEvent> events = NodeReader.Damaged(() => JobHistory.EventsOf(site.Journal, log, ProtocolSerializers.Silo));
        return events.OfType<SiloEvent.ModelsKept>().LastOrDefault() is { } kept ? (events.OfType<SiloEvent.PlanApproved>().Single().Plan, kept.Models) : null;
    }
}

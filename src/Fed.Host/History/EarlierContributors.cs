using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>Who contributed to each sum of a job that has run, for a plan that repeats it with the same contributors (<c>--contributors-from DATA[:JOB]</c>).</summary>
internal static class EarlierContributors
{
    /// <summary>Reads them of a job in a data folder, or of the cluster that runs in it.</summary>
    /// <param name="place">The folder, and behind a colon the job; without one its newest.</param>
    /// <param name="rounds">Rounds of the plan that repeats them; of later ones nothing is said.</param>
    /// <param name="context">Of the command.</param>
    /// <exception cref="UserException">There is no such folder or job, or it has committed nothing.</exception>
    public static ImmutableArray<FixedContributors> Read(string place, int rounds, CommandContext context)
    {
        int colon = Directory.Exists(place) ? -1 : place.LastIndexOf(':');
        (string data, string? id) = colon < 0 ? (place, (string?)null) : (place[..colon], place[(colon + 1)..]);
        if (!Directory.Exists(data)) throw new UserException($"--contributors-from: there is no folder '{data}'; name the data folder of a run or of a cluster, as DATA or DATA:JOB");
        using NodeReader reader = NodeReader.OpenRunning(context with { Data = data });
        JobHistory job = reader.Job(id);
        return job.Rounds.IsEmpty ? throw new UserException($"--contributors-from: job {job.Id} in '{data}' has committed no round; name another with DATA:JOB") : Of(job, rounds);
    }

    /// <summary>Those of the rounds that a job has committed, start-up among them, up to a number; rounds with the same contributors in a row are one entry.</summary>
    public static ImmutableArray<FixedContributors> Of(JobHistory job, int rounds)
    {
        ImmutableArray<FixedContributors>.Builder all = ImmutableArray.CreateBuilder<FixedContributors>();
        foreach (IGrouping<string, (int Round, ImmutableArray<SiloId> Sites)> sum in job.Rounds.Where(round => round.Committed.Round <= rounds).SelectMany(static round => round.Committed.Sums)
            .GroupBy(static sum => sum.Collection.Sum, static sum => (sum.Collection.Round, ImmutableArray.CreateRange(sum.Contributions.Select(static m => m.Silo).Order())), StringComparer.Ordinal))
        {
            FixedContributors? open = null;
            foreach ((int round, ImmutableArray<SiloId> sites) in sum.OrderBy(static of => of.Round))
            {
                if (open is not null && open.LastRound == round - 1 && open.FirstRound > 0 && open.Sites.SequenceEqual(sites))
                {
                    open = open with { LastRound = round };
                    continue;
                }

                if (open is not null) all.Add(open);
                open = new FixedContributors(round, round, sum.Key, sites);
            }

            if (open is not null) all.Add(open);
        }

        return all.ToImmutable();
    }
}

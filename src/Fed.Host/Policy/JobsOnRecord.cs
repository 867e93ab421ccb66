using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;

namespace Fed.Host.Policy;

/// <summary>What a site's journal says of its jobs.</summary>
/// <param name="Running">Those that have a place: approved, not said to be over, not at their last round, and heard of within some time.</param>
/// <param name="Decided">Those that the site has approved or refused, over or not.</param>
internal sealed record JobsOnRecord(ImmutableHashSet<JobId> Running, ImmutableHashSet<JobId> Decided)
{
    /// <summary>Of a site without jobs.</summary>
    public static JobsOnRecord None { get; } = new([], []);
}

/// <summary>Reads a site's journal for what is on record of its jobs; logs of jobs that are over are read once. Not thread-safe.</summary>
/// <param name="journal">The site's journal.</param>
/// <param name="silo">The site.</param>
internal sealed class JobsReader(IJournalReader journal, SiloId silo)
{
    private static readonly string Prefix = FederationNodes.SiloLog(new JobId(""), new SiloId(""))[..^1];

    private readonly string _suffix = $"/{silo}";
    private readonly HashSet<JobId> _over = [];

    /// <summary>What is on record now.</summary>
    /// <param name="idleAfter">A job of which nothing was journaled for so long takes no place.</param>
    /// <param name="now">The time.</param>
    public JobsOnRecord Read(TimeSpan idleAfter, DateTimeOffset now)
    {
        HashSet<JobId> running = [], decided = [];
        foreach (string log in journal.PersistenceIds().Where(log => log.StartsWith(Prefix, StringComparison.Ordinal) && log.EndsWith(_suffix, StringComparison.Ordinal)))
        {
            JobId job = new(log[Prefix.Length..^_suffix.Length]);
            if (_over.Contains(job)) continue;
            SiloState state = SiloDecider.Initial;
            DateTimeOffset last = DateTimeOffset.MinValue;
            foreach (JournalEvent stored in journal.Read(log))
            {
                state = SiloDecider.Evolve(state, ProtocolSerializers.Silo.Read(stored.Tag, stored.Version, stored.Payload.Span));
                last = stored.At;
            }

            if (state.IsOver) _over.Add(job);
            else if (state.Plan is { } plan && state.SettledRound < plan.Rounds && now - last < idleAfter) running.Add(job);
            if (state.Plan is not null || state.Policy?.Note.Decision == PolicyDecision.Refused) decided.Add(job);
        }

        return new JobsOnRecord([.. running], [.. decided, .. _over]);
    }
}

using System.Security.Cryptography;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging.Envelopes;

namespace Fed.Host.Cluster;

/// <summary>Asks whoever leads, through the federation's database: from any coordinator's machine, and across a fail-over.</summary>
/// <param name="requests">The database's requests.</param>
/// <param name="notes">Seals what is asked.</param>
internal sealed class RequestClient(PostgresRequests requests, CoordinatorNotes notes)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="kind">What is asked.</param>
    /// <param name="fill">Adds what the kind needs.</param>
    /// <param name="cancel">Ends the wait; the request stays.</param>
    /// <returns>The answer: of a new job its id.</returns>
    /// <exception cref="UserException">It is refused.</exception>
    /// <exception cref="IOException">Nobody answers.</exception>
    public string Ask(RequestKind kind, Func<NodeRequest, NodeRequest> fill, CancellationToken cancel)
    {
        NodeRequest request = fill(new NodeRequest(RandomNumberGenerator.GetHexString(16, lowercase: true), kind, TimeProvider.System.GetUtcNow()));
        requests.Ask(request.Id, notes.SealRequest(request.ToJson()));
        for (TimeSpan waited = TimeSpan.Zero; waited < Patience; waited += Look)
        {
            if (requests.Find(request.Id) is { Answer: { } answer } found) return found.State == RequestState.Refused ? throw new UserException(answer) : answer;
            cancel.WaitHandle.WaitOne(Look);
            cancel.ThrowIfCancellationRequested();
        }

        throw new IOException($"no coordinator has answered in {Patience.TotalSeconds:0} s; './fed status' tells whether one leads. The request stays, and counts for {NodeRequest.AgeMax.TotalMinutes:0} minutes");
    }
}

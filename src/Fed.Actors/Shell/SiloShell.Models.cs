using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Shell;

/// <content>The models of a job that is over: fetched into the site's own store, each blob verified by its hash, before the decider hears of it.</content>
internal sealed partial class SiloShell
{
    private bool StartModelWork(WorkItem item, IActorRef<SiloCommand> decider)
    {
        if (item is not WorkItem.FetchModels fetch) return false;
        if (Begin(fetch.Id)) Fetch(fetch, fetch.Models.Blobs(), decider);
        return true;
    }

    private void Fetch(WorkItem.FetchModels fetch, ImmutableArray<Digest> blobs, IActorRef<SiloCommand> decider) => Services.Bulk.FetchToStore(NodeAddress.Coordinator, blobs[0], Services.Blobs, failure =>
    {
        if (failure is null && blobs.Length > 1)
        {
            Fetch(fetch, blobs[1..], decider);
            return;
        }

        if (failure is not null) Services.Observer.Refused(Self, $"the job's models could not be fetched: {failure}");   // the coordinator tells of them again
        Finish(fetch.Id, decider, failure is null ? new SiloCommand.ModelsFetched(fetch.Models) : null);
    });
}

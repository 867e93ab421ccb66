using Fed.Actors.Ports;
using static Fed.Actors.Protocol.Silo.SiloEvent;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Actors.Protocol.Silo;

/// <content>The models of a job that is over, kept on the site's own disk; also by a site that took no part in the last rounds.</content>
public sealed partial class SiloDecider
{
    private static Decided Keep(SiloState state, SiloCommand.KeepModels keep) => state.Models switch
    {
        null => Only(new Effect.Work(new WorkItem.FetchModels(keep.Models))),
        { } kept when kept == keep.Models => Only(Kept(state)),
        _ => Only(new Effect.Refused("other models than those of this job that the site keeps")),
    };

    private static Decided Keep(SiloState state, SiloCommand.ModelsFetched fetched) =>
        state.Models is null ? new([new ModelsKept(fetched.Models)], [Kept(state)]) : Only(Kept(state));

    private static Effect Kept(SiloState state) => new Effect.Send(NodeAddress.Coordinator, new ProtocolMessage.ModelsKept(state.Plan!.Job, state.Silo));
}

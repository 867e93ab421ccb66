using Fed.Actors.Kernel;
using Fed.Actors.Persistence;

namespace Fed.Actors.Shell;

/// <summary>What a candidate that leads hands to whoever starts the role's nodes.</summary>
/// <param name="Term">The term that they work under.</param>
/// <param name="Deposed">To be told where a node can no longer write.</param>
/// <param name="Started">To be told of a node that is started later in the term, for a new job: it stops with the others.</param>
public sealed record Leadership(Term Term, Action<Exception> Deposed, Action<IActorRef> Started);

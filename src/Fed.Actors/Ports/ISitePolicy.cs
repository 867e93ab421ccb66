using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Ports;

/// <summary>What a site lets be done with its rows: the site's own word, which nobody else can change. Asked for every plan that the site could take part in and has not approved yet, on a node's turn: it must not block for long.</summary>
public interface ISitePolicy
{
    /// <summary>Judges a plan whose signature and parameters are checked. Asked again as often as the job repeats its proposal, so that what waited for a person or a place may be answered later.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="hash">Its hash.</param>
    PolicyNote Judge(JobPlan plan, Digest hash);
}

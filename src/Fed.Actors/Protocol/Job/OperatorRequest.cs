namespace Fed.Actors.Protocol.Job;

/// <summary>Who wants a job paused, resumed or cancelled, and why: on record with what came of it.</summary>
/// <param name="Id">Name of the request. One that is on record changes nothing when it comes again.</param>
/// <param name="By">Who asks, as its node is called.</param>
/// <param name="Reason">Why, in the asker's words; null where nothing was said.</param>
public sealed record OperatorRequest(string Id, string By, string? Reason)
{
    /// <summary>"north-1: the vote is due".</summary>
    public override string ToString() => Reason is null ? By : $"{By}: {Reason}";
}

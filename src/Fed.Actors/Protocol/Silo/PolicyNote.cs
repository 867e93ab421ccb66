namespace Fed.Actors.Protocol.Silo;

/// <summary>What a site's policy says of a plan.</summary>
public enum PolicyDecision
{
    /// <summary>The site takes part.</summary>
    Allowed,

    /// <summary>It does not, and says why.</summary>
    Refused,

    /// <summary>It says nothing yet: a person decides, or another job must end first.</summary>
    Waiting,
}

/// <summary>A policy's judgement of a plan.</summary>
/// <param name="Decision">What it is.</param>
/// <param name="Rule">The rule that decided, as the policy's setting is called: <c>rules.rounds-max</c>.</param>
/// <param name="Reason">A sentence without a full stop.</param>
public sealed record PolicyNote(PolicyDecision Decision, string Rule, string Reason);

namespace Fed.Actors.Persistence;

/// <summary>What a decider answers: events to append, in order, and effects to carry out once they are on disk.</summary>
/// <param name="Events">Facts, in order; may be empty.</param>
/// <param name="Effects">Acts, in order; carried out only after the append that the events (or, with none, the fence) needed.</param>
public readonly record struct Decision<TEvent, TEffect>(ImmutableArray<TEvent> Events, ImmutableArray<TEffect> Effects)
{
    /// <summary>Nothing happened and nothing is owed.</summary>
    public static Decision<TEvent, TEffect> None { get; } = new([], []);

    /// <summary>True when there is neither an event nor an effect.</summary>
    public bool IsNone => Events.IsDefaultOrEmpty && Effects.IsDefaultOrEmpty;
}

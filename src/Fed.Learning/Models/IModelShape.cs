namespace Fed.Learning.Models;

/// <summary>What the server knows of a model: what it predicts and which numbers it is made of. All of a model that is trained outside this program; of ours see <see cref="IModel"/>.</summary>
public interface IModelShape
{
    /// <summary>What it predicts.</summary>
    ModelTask Task { get; }

    /// <summary>The parameters' blocks, in the order of the flat vector.</summary>
    ImmutableArray<ParameterBlock> Blocks { get; }

    /// <summary>Length of a parameter vector.</summary>
    int Parameters { get; }
}

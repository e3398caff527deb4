-- | What the compiler knows of a typechecked program, as JSON: bindings and their types, data types, instances.
module Facts
  ( programFacts
  , literals
  , qualifiers
  , candidates
  , constructorNames
  ) where

import Data.Foldable (toList)
import Data.List (nub, sortOn)
import Data.Maybe (fromMaybe, mapMaybe)
import qualified Data.Map as Map
import Compile
import GHC.Builtin.Types
import GHC.Core.Class (Class, className)
import GHC.Core.DataCon
import GHC.Core.InstEnv
import GHC.Core.Predicate (Pred (..), classifyPredType)
import GHC.Core.TyCo.FVs (tyCoVarsOfTypeList)
import GHC.Core.TyCo.Rep (Type (..), Scaled (..))
import GHC.Core.TyCon
import GHC.Core.Type hiding (Type)
import GHC.Data.FastString (unpackFS)
import GHC.Parser.Lexer (Token (..))
import GHC.Tc.Types (TcGblEnv (..))
import GHC.Tc.Utils.TcType (tcSplitSigmaTy)
import GHC.Types.Id (Id, idDetails, idType)
import GHC.Types.Id.Info (IdDetails (..))
import GHC.Types.Name
import GHC.Types.Name.Set (nameSetElemsStable)
import GHC.Types.SrcLoc
import GHC.Unit.Types (moduleName)
import Ghc
import GHC.Utils.Outputable (showSDocUnsafe, ppr)
import Json

-- | The facts of a program; the signatures are given in the order of the file.
programFacts :: InstEnvs -> Checked -> [(String, Int)] -> [(String, Json)]
programFacts instances checked signed =
  [ ("declarations", Array (map (declaration instances env here signed) found))
  , ("types", Object [(nameText here (tyConName t), dataType here t) | t <- closure here (local ++ concatMap (mentioned . idType) found)])
  ]
  where
    env = checkedEnv checked
    here = moduleNameString (moduleName (tcg_mod env))
    found = sortOn (lineOf . getName) [i | i <- typeEnvIds (tcg_type_env env), topLevel i]
    local = [t | t <- typeEnvTyCons (tcg_type_env env), isAlgTyCon t, not (isClassTyCon t)]

topLevel :: Id -> Bool
topLevel i = case idDetails i of
  VanillaId -> isExternalName (getName i) && not (isDerived (occNameString (nameOccName (getName i))))
  _ -> False
  where
    isDerived name = take 1 name == "$" && any (`notElem` "!#$%&*+./<=>?@\\^|-~:") name

lineOf :: Name -> Int
lineOf name = case nameSrcSpan name of
  RealSrcSpan s _ -> srcSpanStartLine s
  UnhelpfulSpan _ -> 0

declaration :: InstEnvs -> TcGblEnv -> String -> [(String, Int)] -> Id -> Json
declaration instances env here signed i =
  Object
    [ ("name", String text)
    , ("line", Number (toInteger (lineOf name)))
    , ("signature", maybe Null (Number . toInteger) (lookup text (zip (map fst signed) [0 :: Int ..])))
    , ("called", Bool (called env name))
    , ("type", typeJson here tau)
    , ("variables", Array (map variable variables))
    , ("constraints", Array (map (constraint here) theta))
    ]
  where
    name = getName i
    text = occNameString (nameOccName name)
    (variables, theta, tau) = tcSplitSigmaTy (tidyTopType (expandTypeSynonyms (idType i)))
    locals = [t | t <- tcg_tcs env, isAlgTyCon t, not (isClassTyCon t), null (tyConTyVars t)]
    variable v =
      Object
        [ ("name", String (occNameString (getOccName v)))
        , ("kind", String (kindText (tyVarKind v)))
        , ("fits", Array [String n | (n, t) <- choices, all (holds instances 8) [substTyWith [v] [t] c | c <- theta, only v c]])
        ]
      where
        choices
          | isLiftedTypeKind (tyVarKind v) = candidates ++ [(nameText here (tyConName t), mkTyConTy t) | t <- locals]
          | otherwise = [(n, t) | (n, t) <- constructors, typeKind t `eqType` tyVarKind v]
    only v c = tyCoVarsOfTypeList c == [v]

-- | Whether another binding group than its own uses the name.
called :: TcGblEnv -> Name -> Bool
called env name = or [name `elem` nameSetElemsStable uses | (Just defines, uses) <- toList (tcg_dus env), name `notElem` nameSetElemsStable defines]

-- | Types that a type variable may run at, in order of preference.
candidates :: [(String, Type)]
candidates =
  [ ("Integer", integerTy)
  , ("Int", intTy)
  , ("Double", doubleTy)
  , ("Bool", boolTy)
  , ("Char", charTy)
  , ("[Char]", stringTy)
  , ("[Integer]", mkListTy integerTy)
  , ("Maybe Integer", mkTyConApp maybeTyCon [integerTy])
  , ("()", unitTy)
  , ("Ordering", mkTyConTy orderingTyCon)
  , ("Float", floatTy)
  , ("Word", wordTy)
  ]

constructors :: [(String, Type)]
constructors = [("[]", mkTyConTy listTyCon), ("Maybe", mkTyConTy maybeTyCon)]

-- | Whether instances make a closed constraint true. Says no where it does not know; the driver's typecheck decides.
holds :: InstEnvs -> Int -> Type -> Bool
holds instances fuel predicate = case classifyPredType predicate of
  ClassPred cls args
    | className' cls `elem` ["GHC.Classes.IP", "Data.Typeable.Internal.Typeable", "GHC.Stack.Types.HasCallStack"] -> True
    | fuel > 0 -> resolved cls args
  _ -> False
  where
    className' cls = nameText "" (className cls)
    resolved :: Class -> [Type] -> Bool
    resolved cls args = case lookupInstEnv False instances cls args of
      ([(found, types)], _, _) | Just given <- sequence types ->
        let (variables, theta, _, _) = instanceSig found
         in all (holds instances (fuel - 1) . substTyWith variables given) theta
      _ -> False

constraint :: String -> Type -> Json
constraint here predicate = case classifyPredType predicate of
  ClassPred cls args -> Array [String (nameText here (className cls)), Array (map (typeJson here) args)]
  _ -> Array [String "~", Array []]

-- | A type as an array: tag first. Synonyms are expanded already. What is nested beyond all sense is cut.
typeJson :: String -> Type -> Json
typeJson here = go (64 :: Int)
  where
    go 0 _ = Array [String "other", String "a type that is nested too deeply"]
    go n ty = case ty of
      TyVarTy v -> Array [String "var", String (occNameString (getOccName v))]
      AppTy f x -> Array [String "app", go (n - 1) f, go (n - 1) x]
      FunTy {ft_arg = a, ft_res = b} | not (isPredicate a) -> Array [String "fun", go (n - 1) a, go (n - 1) b]
      TyConApp tc args
        | not (isArrow tc), isAlgTyCon tc || isPrimTyCon tc || isDataFamilyTyCon tc -> Array [String (if isLocal tc then "local" else "con"), String (nameText here (tyConName tc)), Array (map (go (n - 1)) args)]
      _ -> Array [String "other", String (take 2000 (showSDocUnsafe (ppr ty)))]
    isLocal tc = nameModuleText (tyConName tc) == here

kindText :: Type -> String
kindText k
  | isLiftedTypeKind k = "*"
  | otherwise = showSDocUnsafe (ppr k)

nameModuleText :: Name -> String
nameModuleText = fromMaybe "" . homeOf

-- | A name with its defining module; names of the program itself have none.
nameText :: String -> Name -> String
nameText here name
  | home == here || null home = nameOf name
  | otherwise = home ++ "." ++ nameOf name
  where
    home = nameModuleText name

-- | Algebraic types that values of these types contain, with those that their fields contain.
closure :: String -> [TyCon] -> [TyCon]
closure here = go []
  where
    go seen [] = reverse seen
    go seen (t : rest)
      | t `elem` seen || not (isAlgTyCon t) || not (open t) = go seen rest
      | otherwise = go (t : seen) (rest ++ concatMap mentioned (concatMap fieldTypes (tyConDataCons t)))
    open t = nameModuleText (tyConName t) == here || nameText here (tyConName t) `elem` openTypes

-- | Types of libraries that are treated like a program's own: by constructor.
openTypes :: [String]
openTypes =
  words
    "Data.Functor.Identity.Identity Data.Semigroup.Internal.Sum Data.Semigroup.Internal.Product Data.Semigroup.Internal.All \
    \Data.Semigroup.Internal.Any Data.Semigroup.Internal.Dual Data.Semigroup.Min Data.Semigroup.Max Data.Ord.Down \
    \Data.Functor.Const.Const Data.Proxy.Proxy Data.Tree.Tree Control.Applicative.ZipList"

mentioned :: Type -> [TyCon]
mentioned = nub . go . expandTypeSynonyms
  where
    go ty = case ty of
      TyConApp tc args -> tc : concatMap go args
      AppTy f x -> go f ++ go x
      FunTy {ft_arg = a, ft_res = b} -> go a ++ go b
      ForAllTy _ body -> go body
      _ -> []

fieldTypes :: DataCon -> [Type]
fieldTypes = map scaled . dataConOrigArgTys

scaled :: Scaled Type -> Type
scaled (Scaled _ t) = t

dataType :: String -> TyCon -> Json
dataType here t =
  Object
    [ ("parameters", Array (map (String . occNameString . getOccName) parameters))
    , ("kinds", Array (map (String . kindText . tyVarKind) parameters))
    , ("newtype", Bool (isNewTyCon t))
    , ("line", Number (toInteger (lineOf (tyConName t))))
    , ("plain", Bool (all isVanillaDataCon (tyConDataCons t) && not (isAbstractTyCon t) && not (isFamInstTyCon t)))
    , ("constructors", Array (map constructor (tyConDataCons t)))
    ]
  where
    parameters = tyConTyVars t :: [TyVar]
    constructor c =
      Object
        [ ("name", String (occNameString (nameOccName (dataConName c))))
        , ("home", String (nameModuleText (dataConName c)))
        , ("labels", Array (map (String . labelText) (dataConFieldLabels c)))
        , ("fields", Array (if isVanillaDataCon c then map (typeJson here . expandTypeSynonyms . scaled) (dataConInstArgTys c (mkTyVarTys parameters)) else []))
        ]

-- | The constructors of a program's own data types, each after its type.
constructorNames :: Checked -> [(String, String)]
constructorNames checked =
  [ (occNameString (nameOccName (tyConName t)), occNameString (nameOccName (dataConName c)))
  | t <- typeEnvTyCons (tcg_type_env (checkedEnv checked))
  , isAlgTyCon t
  , not (isClassTyCon t)
  , c <- tyConDataCons t
  ]

-- | Numbers, characters and texts that a source mentions, for making inputs. Long ones and huge exponents are left out.
literals :: [Token] -> Json
literals found =
  Object
    [ ("wholes", Array (map Number (nub [il_value n | ITinteger n <- found, short (il_text n)])))
    , ("reals", Array (nub' [String (show (fromRational (fraction r) :: Double)) | ITrational r <- found, plainReal (fl_text r)]))
    , ("chars", Array (nub' [String [c] | ITchar _ c <- found]))
    , ("texts", Array (nub' [String (take 200 (unpackFS s)) | ITstring _ s <- found]))
    ]
  where
    short = maybe False ((<= 40) . length) . writtenAs
    plainReal = maybe False (\s -> length s <= 40 && all (`elem` "0123456789._") s) . writtenAs
    nub' js = Map.elems (Map.fromList [(k, j) | j@(String k) <- js])

-- | Module qualifiers that an expression uses.
qualifiers :: [Token] -> [String]
qualifiers = nub . mapMaybe qualifier
  where
    qualifier t = case t of
      ITqvarid (m, _) -> Just (unpackFS m)
      ITqconid (m, _) -> Just (unpackFS m)
      ITqvarsym (m, _) -> Just (unpackFS m)
      ITqconsym (m, _) -> Just (unpackFS m)
      _ -> Nothing
